import { testShort } from "../short";
import { largeRows } from "./large";

testShort(largeRows);
