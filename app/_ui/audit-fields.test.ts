import { expect, it } from "vitest";
import { auditField } from "./audit-fields";

it.each([
  ["rule.save", "rule.then.redirect", "Send it to other addresses instead"],
  ["rule.remove", "rule.when.subject", "Subject"],
  ["rule.save", "rule.when.header.contains", "Header contains"],
  ["rule.save", "rule.continue", "Go on with the rules after it"],
  ["rule.move", "position", "Where it stands"],
  ["tenant.make", "site", "Site"],
  ["exchange.save", "retryMinutes", "Retry failed emails"],
  ["exchange.test", "values", "Values"],
  ["mailbox.save", "recipients.domains", "Your domains"],
  ["queue.hold", "recipients", "Recipients"],
  ["tenant.save", "newer.thanTheseWords", "newer.thanTheseWords"],
])("%s calls %s “%s”", (action, field, words) => expect(auditField(action, field)).toBe(words));
