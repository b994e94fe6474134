import { describe, expect, it } from "vitest";
import { isFullName, type Machine, workerName } from "./hello";

const machine = (host: string, full: string | null, address = "192.0.2.7"): Machine => ({
  hostname: () => host,
  fullName: () => Promise.resolve(full),
  address: () => address,
});

describe("the worker's name", () => {
  it.each([
    ["given", "ferry.provider.example", machine("box", null), "ferry.provider.example"],
    ["given as an address", "[192.0.2.9]", machine("box", null), "[192.0.2.9]"],
    ["the host's own full name", "", machine("Ferry1.provider.example", null), "ferry1.provider.example"],
    ["the full name that DNS gives", "", machine("ferry1", "ferry1.provider.example"), "ferry1.provider.example"],
    ["no name with a dot: the address", "", machine("ferry1", "ferry1"), "[192.0.2.7]"],
    ["a name with an underscore is none", "", machine("my_box.lan", null), "[192.0.2.7]"],
    ["IPv6", "", machine("ferry1", null, "2001:db8::7"), "[IPv6:2001:db8::7]"],
  ])("%s", async (_, given, on, name) => {
    expect(await workerName(given, on)).toBe(name);
  });
  it("refuses a wrong MAILFERRY_NAME and says what to give", async () => {
    await expect(workerName("bad name\r\nRSET", machine("x", null))).rejects.toThrow(/MAILFERRY_NAME.*full name/s);
  });
  it("takes no address for a name", () => expect(isFullName("192.0.2.7")).toBe(false));
});
