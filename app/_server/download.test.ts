// Names of downloads: what strangers wrote never leads out of the folder or pretends to be another kind of file.
import { expect, test } from "vitest";
import { attachmentHeader, safeName } from "./download";

test.each([
  ["../../etc/passwd", "_.._etc_passwd"],
  ["C:\\Windows\\x.exe", "C_Windows_x.exe"],
  ["invoice\u202Egpj.exe", "invoice gpj.exe"],
  ["a\r\nX-Evil: 1", "a X-Evil_ 1"],
  ["...", ""],
  ["\uD800broken", "\uFFFDbroken"],
])("%j becomes %j", (name, safe) => expect(safeName(name)).toBe(safe));

test("the header stays one line of ASCII and keeps the exact name beside it", () => {
  const header = attachmentHeader('Angebot "Förderbänder"; 100%\r\n.pdf', "x");
  expect(header).toMatch(/^[\x20-\x7e]+$/);
  expect(header).toContain("filename*=UTF-8''Angebot%20_F%C3%B6rderb%C3%A4nder_");
  expect(attachmentHeader("", "mail.eml")).toContain('filename="mail.eml"');
});
