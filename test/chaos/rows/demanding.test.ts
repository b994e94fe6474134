import { rows } from "../rows";
import { testShort } from "../short";

testShort(rows, true);
