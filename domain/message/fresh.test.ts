// What of the bodies that were just stored is kept in memory until they are sent.
import { expect, test } from "vitest";
import { FreshBodies } from "./fresh";

const octets = (text: string) => Buffer.from(text);

test("a body is had once, and only by its name", () => {
  const fresh = new FreshBodies();
  fresh.keep("a", octets("first"));
  expect(fresh.take("b")).toBeNull();
  expect(fresh.take("a")).toEqual(octets("first"));
  expect(fresh.take("a")).toBeNull();
});

test("what came first is kept, since it goes first; with it gone there is room again", () => {
  const fresh = new FreshBodies(10);
  fresh.keep("a", octets("123456"));
  fresh.keep("b", octets("12345"));
  fresh.keep("c", octets("1234"));
  expect(fresh.take("b")).toBeNull();
  expect(fresh.take("c")).toEqual(octets("1234"));
  expect(fresh.take("a")).toEqual(octets("123456"));
  fresh.keep("d", octets("1234567890"));
  expect(fresh.take("d")).not.toBeNull();
});

test("what nobody claims makes room half a minute later", () => {
  const fresh = new FreshBodies(10);
  fresh.keep("old", octets("1234567890"), 0);
  fresh.keep("early", octets("1"), 29_999);
  expect(fresh.take("early")).toBeNull();
  fresh.keep("new", octets("1"), 30_000);
  expect(fresh.take("new")).not.toBeNull();
  expect(fresh.take("old")).toBeNull();
});
