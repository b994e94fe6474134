import { testShort } from "../short";
import { refusingRows } from "./refusing";

testShort(refusingRows);
