import { testShort } from "../short";
import { workerRows } from "./worker";

testShort(workerRows);
