import { testShort } from "../short";
import { deliveringRows } from "./delivering";

testShort(deliveringRows);
