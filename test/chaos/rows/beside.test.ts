import { testShort } from "../short";
import { besideRows } from "./beside";

testShort(besideRows);
