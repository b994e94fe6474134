import { describe, expect, it } from "vitest";
import { hashPassword, passwordFault, passwordMatches } from "./password";

const office = { email: "harbour.office@contoso.example", name: "Harbour Office" };

describe("passwordFault", () => {
  it.each([
    ["short", "eleven sign"],
    ["a common word with trimmings", "P@ssw0rd-2024!!"],
    ["two common words", "welcomepassword"],
    ["a run of keys", "qwertyuiopasdf"],
    ["a run of digits", "123456789012"],
    ["one sign repeated", "aaaaaaaaaaaaaa"],
    ["the address", "harbour.office@contoso"],
    ["the name with digits", "harbouroffice-20261124"],
    ["too long", "x y z w v u ".repeat(30)],
  ])("refuses %s", (_why, password) => {
    expect(passwordFault(password, office)).toMatch(/^Password /);
  });

  it.each([
    "correct horse battery",
    "lighthouse keeper 9",
    "träge Fähre im Nebel",
    "x".repeat(3) + "kq vmz 0b7 trw".repeat(5),
  ])("takes %s", (password) => {
    expect(passwordFault(password, office)).toBeNull();
  });
});

describe("hashes", () => {
  it("are argon2id with at least 19 MiB, two passes and one lane", async () => {
    const stored = await hashPassword("correct horse battery");
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwordMatches(stored, "correct horse battery")).toBe(true);
    expect(await passwordMatches(stored, "correct horse batterz")).toBe(false);
    expect(await passwordMatches(null, "correct horse battery")).toBe(false);
  });
});
