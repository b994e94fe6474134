// Sealed values open with the right key and for the right place only.
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensurePrivateKey, readPrivateKeys, seal } from "./seal";

const newFile = () => join(mkdtempSync(join(tmpdir(), "mf-seal-")), "private.key");
const context = { tenantId: "t1", rowId: "r1", field: "password" };

describe("sealing", () => {
  it("opens what was sealed, and seals differently each time", async () => {
    const file = newFile();
    const key = await ensurePrivateKey(file);
    const keys = await readPrivateKeys(file);
    const [one, two] = [
      await seal(key, "grüße & ein Leerzeichen ", context),
      await seal(key, "grüße & ein Leerzeichen ", context),
    ];
    expect(one.equals(two)).toBe(false);
    expect(await keys.open(key.keyId, one, context)).toBe("grüße & ein Leerzeichen ");
  });

  it.each([
    { ...context, tenantId: "t2" },
    { ...context, rowId: "r2" },
    { ...context, field: "token" },
  ])("does not open what was sealed for another place (%o)", async (elsewhere) => {
    const file = newFile();
    const key = await ensurePrivateKey(file);
    const sealed = await seal(key, "secret", context);
    await expect((await readPrivateKeys(file)).open(key.keyId, sealed, elsewhere)).rejects.toThrow(
      /sealed for something else/,
    );
  });

  it("does not open a changed value, nor with another key", async () => {
    const file = newFile();
    const key = await ensurePrivateKey(file);
    const sealed = await seal(key, "secret", context);
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    await expect((await readPrivateKeys(file)).open(key.keyId, sealed, context)).rejects.toThrow();
    const other = newFile();
    await ensurePrivateKey(other);
    await expect((await readPrivateKeys(other)).open(key.keyId, sealed, context)).rejects.toThrow(/does not hold/);
  });

  it("keeps opening older values after a newer key was put in front", async () => {
    const file = newFile();
    const old = await ensurePrivateKey(file);
    const sealed = await seal(old, "secret", context);
    const fresh = newFile();
    const key = await ensurePrivateKey(fresh);
    const both = `${readFileSync(fresh, "utf8")}${readFileSync(file, "utf8")}`;
    writeFileSync(file, both);
    appendFileSync(file, "\n");
    expect((await ensurePrivateKey(file)).keyId).toBe(key.keyId);
    expect(await (await readPrivateKeys(file)).open(old.keyId, sealed, context)).toBe("secret");
  });
});
