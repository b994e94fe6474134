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

  it.each(
    `1qaz2wsx3edc q1w2e3r4t5y6 1q2w3e4r5t6y 123qweasdzxc qazwsxedcrfv zaq12wsxcde3 0987654321qw !QAZ@WSX3edc
     1qay2wsx3edc qwer1234asdf 112233445566 1qaz2wsx!Office qwertzuiop987 abcdefghijkl123
     michael12345 basketball12 liverpool1234 2024liverpool 12charlotte34 l1verp00l2024 Dortmund-1909 November2026!
     qwerty-2026!! jennifer&michael`.split(/\s+/),
  )("refuses %s, which is tried early", (password) => {
    expect(passwordFault(password, office)).toMatch(/^Password is (a run of keys|built on a word)/);
  });

  it.each([
    "correct horse battery",
    "four words in a row",
    "purple tiger eats liverpool pie",
    "tiger orange summer hockey michael",
    "the property of Fred and Gerty",
    "we assessed dresses in Rostock",
    "12345678 and the ferry leaves",
    "tr3qmx-vzkd81",
    "Xk29vQp7rLm4",
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
