import { testShort } from "../short";
import { hostileRows } from "./hostile";

testShort(hostileRows);
