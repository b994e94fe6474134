import { expect, test } from "vitest";
import { missing } from "./missing";

test.each([
  ["/t/contoso/messages/00000000-0000-4000-8000-000000000000", "/messages"],
  ["/t/contoso/mailboxes/x", "/mailboxes"],
  ["/t/contoso/badmail/badmail~spam~spam", "/badmail"],
  ["/t/contoso/nonsense/messages", ""],
  ["/t/messages", ""],
])("%s leads to %s", (path, page) => {
  expect(missing(path).page).toBe(page);
});
