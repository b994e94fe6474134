import { describe, expect, test } from "vitest";
import { HostFault, networkPolicy, resolveAllowed, whyRefused } from "./network";
import { fromHosts } from "./resolver";

const open = networkPolicy([], []);

describe("addresses that tenants may name", () => {
  test.each([
    ["192.0.2.7", true],
    ["10.1.2.3", true],
    ["172.16.0.9", true],
    ["192.168.1.1", true],
    ["fd12:3456::1", true],
    ["2001:db8::1", true],
    ["64:ff9b::c000:207", true],
    ["127.0.0.1", false],
    ["127.255.255.254", false],
    ["0.0.0.0", false],
    ["169.254.1.1", false],
    ["169.254.169.254", false],
    ["100.100.100.200", false],
    ["168.63.129.16", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["240.0.0.1", false],
    ["::", false],
    ["::1", false],
    ["fe80::1", false],
    ["ff02::1", false],
    ["fd00:ec2::254", false],
    ["::ffff:127.0.0.1", false],
    ["::ffff:169.254.169.254", false],
    ["::ffff:10.0.0.1", true],
    ["::127.0.0.1", false],
    ["64:ff9b::7f00:1", false],
    ["64:ff9b::a9fe:a9fe", false],
    ["64:ff9b:1::7f00:1", false],
    ["2002:7f00:1::1", false],
    ["2002:a9fe:a9fe::1", false],
    ["2002:a00:1::1", true],
    ["2001:0:1234::1", false],
  ])("%s: %s", (address, allowed) => {
    expect(whyRefused(address, open) === null).toBe(allowed);
  });

  test("allow lifts a default, in every form of the address; deny beats allow", () => {
    const tests = networkPolicy(["127.0.0.0/8"], []);
    expect(whyRefused("127.0.0.1", tests)).toBeNull();
    expect(whyRefused("::ffff:127.0.0.1", tests)).toBeNull();
    expect(whyRefused("::1", tests)).not.toBeNull();
    const closed = networkPolicy(["10.0.0.0/8"], ["10.1.0.0/16"]);
    expect(whyRefused("10.1.2.3", closed)).toContain("MAILFERRY_DENY_NETWORKS");
    expect(whyRefused("::ffff:10.1.2.3", closed)).not.toBeNull();
    expect(whyRefused("64:ff9b::a01:203", closed)).not.toBeNull();
    expect(whyRefused("10.2.2.3", closed)).toBeNull();
  });

  test("the installation's own database and portal stay closed even in an allowed network", () => {
    const policy = networkPolicy(["127.0.0.0/8"], [], [{ address: "127.0.0.1", port: 5432 }]);
    expect(whyRefused("127.0.0.1", policy, 5432)).toContain("own database");
    expect(whyRefused("::ffff:127.0.0.1", policy, 5432)).not.toBeNull();
    expect(whyRefused("127.0.0.1", policy, 25)).toBeNull();
  });

  test.each(["10.0.0.0/33", "somewhere", "1.2.3.4/", "fd00::/129"])("a bad network %s names the variable", (text) => {
    expect(() => networkPolicy([text], [])).toThrow(/MAILFERRY_ALLOW_NETWORKS.*10\.1\.0\.0\/16/);
    expect(() => networkPolicy([], [text])).toThrow("MAILFERRY_DENY_NETWORKS");
  });
});

describe("names", () => {
  const answers = (...all: string[]) => ({ resolver: async () => all });

  test("every address is checked; the first that passes is the one to connect to, IPv4 first", async () => {
    const mixed = answers("2001:db8::5", "127.0.0.1", "192.0.2.5");
    expect(await resolveAllowed("mail.contoso.example", open, mixed)).toEqual({
      address: "192.0.2.5",
      all: ["192.0.2.5", "2001:db8::5"],
    });
  });

  test("a name that leads to this machine is refused, naming host, address and remedy", async () => {
    const fault = await resolveAllowed("evil.example", open, answers("::ffff:127.0.0.1")).catch((error) => error);
    expect(fault).toBeInstanceOf(HostFault);
    expect(fault.kind).toBe("refused");
    expect(fault.message).toMatch(
      /^evil\.example is at 127\.0\.0\.1, which is .*own machine.*MAILFERRY_ALLOW_NETWORKS/,
    );
  });

  test("rebinding: the name is asked once, so a second answer never counts", async () => {
    let asked = 0;
    const resolver = async () => (asked++ === 0 ? ["192.0.2.5"] : ["127.0.0.1"]);
    const { address } = await resolveAllowed("rebind.example", open, { resolver });
    expect([address, asked]).toEqual(["192.0.2.5", 1]);
  });

  test("no such name, and no answer, are told apart", async () => {
    await expect(resolveAllowed("no.example", open, answers())).rejects.toMatchObject({ kind: "unknown" });
    const dead = { resolver: () => Promise.reject(new Error("ETIMEOUT")) };
    await expect(resolveAllowed("slow.example", open, dead)).rejects.toMatchObject({ kind: "dns" });
  });

  test.each(["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1"])(
    "%s does not lead to this machine",
    async (odd) => {
      await expect(resolveAllowed(odd, open, answers("192.0.2.1"))).rejects.toBeInstanceOf(HostFault);
    },
  );

  test("localhost works where it is allowed, also when ::1 is not", async () => {
    const { address } = await resolveAllowed("localhost", networkPolicy(["127.0.0.0/8"], []));
    expect(address).toBe("127.0.0.1");
  });

  test("brackets around an address are taken off", async () => {
    expect((await resolveAllowed("[2001:db8::7]", open)).address).toBe("2001:db8::7");
  });

  test("a hosts file is read as the system reads it", () => {
    const file = "127.0.0.1 localhost\n# 10.0.0.9 mail\n10.0.0.5\tExchange exchange.intern # ours\nfd00::5 exchange";
    expect(fromHosts(file, "exchange")).toEqual(["10.0.0.5", "fd00::5"]);
    expect(fromHosts(file, "mail")).toEqual([]);
  });
});
