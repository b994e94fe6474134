import { expect, it } from "vitest";
import { addressKey } from "./throttle";

it.each([
  ["192.0.2.7", "address:192.0.2.7"],
  ["::ffff:192.0.2.7", "address:192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "address:2001:db8:1:2::/64"],
  ["", "address:unknown"],
  ["not an address", "address:unknown"],
])("%s is counted as %s", (text, key) => {
  expect(addressKey(text)).toBe(key);
});
