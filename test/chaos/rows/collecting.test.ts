import { testShort } from "../short";
import { collectingRows } from "./collecting";

testShort(collectingRows);
