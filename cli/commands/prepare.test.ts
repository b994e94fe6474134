import { expect, it } from "vitest";
import { checkDatabase, databaseShown } from "./prepare";

it.each([
  ["postgresql://ferry:s3cret@db.example:6000/mail", " db.example:6000/mail"],
  ["postgres://ferry:s3cret@db.example/mail", " db.example:5432/mail"],
  ["postgresql://ferry:s3@cret@db.example/mail?sslmode=require", " db.example:5432/mail"],
  ["postgresql://db.example/mail?password=s3cret&user=ferry", " db.example:5432/mail"],
  ["postgresql:///mail?host=/run/postgresql&password=s3cret", " /run/postgresql:5432/mail"],
  ["postgresql://ferry:s3/cret@db.example/mail", ""],
  ["postgresql://ferry:3/s3cret@db.example/mail", ""],
  ["postgresql://ferry:3?s3cret@db.example/mail", ""],
  ["postgresql://ferry:3#s3cret@db.example/mail", ""],
  ["postgresql://ferry:x@3/s3cret@db.example/mail", ""],
  ["host=db.example user=ferry password=s3cret", ""],
  ["s3cret", ""],
])("of %s it shows %j", (url, shown) => {
  expect(databaseShown(url)).toBe(shown);
});

it.each([
  "postgresql://ferry:s3cret/more@127.0.0.1:1/mail",
  "postgresql://ferry:x@127.0.0.1:1/s3cret@db.example/mail",
  "postgresql://127.0.0.1:1/mail?user=ferry&password=s3cret",
  "postgresql://s3cret@127.0.0.1:1/mail",
])("a database that does not answer is refused without the password: %s", async (url) => {
  const said = await checkDatabase(url).catch((error: Error) => error.message);
  expect(said).toMatch(/can't be used: .*DATABASE_URL/);
  expect(said).not.toContain("s3cret");
});
