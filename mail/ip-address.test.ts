// Addresses as servers write them, and what only looks like one.
import { expect, it } from "vitest";
import { ipAddress, ipAddressIn, isInside } from "./ip-address";

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["[192.0.2.7]", "192.0.2.7"],
  ["[IPv6:2001:DB8:0::7]", "2001:db8::7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["192.0.2", null],
  ["192.0.2.300", null],
  ["0300.0.2.7", null],
  ["fe80::1%12", null],
  ["192.0.2.7'; Stop-Computer", null],
  ["", null],
])("%j is %s", (text, address) => expect(ipAddress(text)).toBe(address));

it.each([
  ["Hello [192.0.2.7]", "192.0.2.7"],
  ["EX01 Hello [2001:db8::7]", "2001:db8::7"],
  ["Hello ferry.provider.de. You are 192.0.2.7.", "192.0.2.7"],
  ["Hello ferry.provider.de", null],
  ["at 12:30", null],
])("in %j it is %s", (text, address) => expect(ipAddressIn(text)).toBe(address));

it.each([
  ["10.1.2.3", true],
  ["127.0.0.1", true],
  ["169.254.3.4", true],
  ["100.64.0.1", true],
  ["fd00::1", true],
  ["::1", true],
  ["192.0.2.7", false],
  ["2001:db8::7", false],
])("%s is inside: %s", (address, inside) => expect(isInside(address)).toBe(inside));
