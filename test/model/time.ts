// The model's steps that nobody takes: workers die, leases run out and are recovered, waits end, a person decides.
import { recovered, released, settled } from "./queue";
import { nothing, placeOfRow, type Row, type Settings, type Step, type World, withHands, withMail } from "./world";

export function time(world: World, settings: Settings): Step[] {
  return [...deaths(world), ...mailboxLease(world), ...world.mails.flatMap((_, n) => ofMail(world, n, settings))];
}

/** The worker is there again at once, with empty hands; rows still carry its token. Connections end without QUIT. */
const deaths = (world: World): Step[] =>
  world.hands.flatMap((hands, worker) =>
    hands.doing === "nothing" ? [] : [{ name: "a worker dies", fault: true, next: withHands(world, worker, nothing) }],
  );

/** Of a worker that lives this is a fault: it froze, or could not reach the database. */
function mailboxLease(world: World): Step[] {
  const { token, over } = world.mailbox;
  if (token === null || over) return [];
  const alive = world.hands[token]?.doing === "session";
  return [{ name: "the mailbox's lease ends", fault: alive, next: { ...world, mailbox: { token, over: true } } }];
}

function ofMail(world: World, n: number, settings: Settings): Step[] {
  const mail = world.mails[n];
  const row = mail?.row;
  if (!mail || !row) return [];
  const to = (name: string, change: Row, fault = false): Step => ({
    name,
    fault,
    next: withMail(world, n, { row: change }),
  });
  switch (row.state) {
    case "sending":
      return row.over
        ? [{ name: "lease recovery", fault: false, next: withMail(world, n, recovered(mail, row, settings)) }]
        : [to("a mail's lease ends", { ...row, over: true }, holds(world, row.token, n))];
    case "uncertain": {
      const mark = settings.without === "mark" ? 0 : 1;
      const again: Row = { ...row, state: "ready", possibleCopies: row.possibleCopies + mark };
      return [to("the uncertain wait is over", again)];
    }
    case "settled":
      return decided(world, n, row);
    default:
      return [];
  }
}

const holds = (world: World, token: number | null, n: number): boolean => {
  const hands = token === null ? undefined : world.hands[token];
  return hands?.doing === "carrying" && hands.mail === n;
};

function decided(world: World, n: number, row: Row): Step[] {
  const steps: Step[] = [];
  const place = placeOfRow(row);
  if (world.left.releases > 0 && (place === "held" || place === "badmail")) {
    const left = { ...world.left, releases: world.left.releases - 1 };
    const next = { ...withMail(world, n, { row: released(row) }), left };
    steps.push({ name: "a person releases it", fault: true, next });
  }
  if (place === "badmail" && row.reason === "refused") {
    const back = settled({ ...row, recipient: "waiting", reason: "" });
    steps.push({ name: "five refusals in a row: given back", fault: true, next: withMail(world, n, { row: back }) });
  }
  return steps;
}
