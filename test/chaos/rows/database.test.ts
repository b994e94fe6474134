import { testShort } from "../short";
import { databaseRows } from "./database";

testShort(databaseRows);
