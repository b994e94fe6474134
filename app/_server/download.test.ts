// Names of downloads: what strangers wrote never leads out of the folder or pretends to be another kind of file.
import { expect, test, vi } from "vitest";
import { attachmentHeader, safeName, textStream } from "./download";
import { log } from "./log";

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

test("a text is made as the browser takes it; a fault breaks it off, and a browser that leaves ends the reading", async () => {
  let made = 0;
  let ended = false;
  async function* parts(most: number) {
    try {
      while (made < most) yield `${++made},`;
      throw new Error("the database is away");
    } finally {
      ended = true;
    }
  }
  await expect(new Response(textStream(parts(3), "test")).text()).rejects.toThrow("away");
  expect([made, ended]).toEqual([3, true]);

  [made, ended] = [0, false];
  const reader = textStream(parts(1000), "test").getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("1,");
  await reader.cancel();
  expect(made).toBeLessThan(4);
  expect(ended).toBe(true);
});

test.each([
  ["comes", () => "1,"],
  ["fails", () => Promise.reject(new Error("the database is away"))],
])("a browser that leaves while a part is read is no fault in the log, also when that part %s", async (_what, end) => {
  const logged = vi.spyOn(log, "error");
  let go = () => {};
  const left = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function* parts() {
    await left;
    yield await end();
  }
  // Its first part is asked for right away.
  const reader = textStream(parts(), "test").getReader();
  await new Promise(setImmediate);
  const cancelled = reader.cancel();
  go();
  await cancelled;
  expect(logged).not.toHaveBeenCalled();
  logged.mockRestore();
});
