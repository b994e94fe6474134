// The model's steps of collecting: poll, fetch, intake commit, DELE, QUIT. A session that lost its lease goes on talking to
// the source, as a frozen worker would; only the database stops it.
import {
  type Mail,
  newRow,
  nothing,
  replaced,
  type Session,
  type Settings,
  type Step,
  type World,
  withHands,
  withMail,
} from "./world";

export function collecting(world: World, worker: number, settings: Settings): Step[] {
  const hands = world.hands[worker];
  if (hands?.doing === "nothing") return poll(world, worker, settings);
  if (hands?.doing !== "session") return [];
  switch (hands.phase) {
    case "open":
      return [
        ...fetches(world, worker, hands, settings),
        ...commits(world, worker, hands, settings),
        ...ends(world, worker, hands, settings),
      ];
    case "marked":
      return quits(world, worker, hands, settings);
    case "confirmed":
      return [normal("close identities", over(closed(world, hands), worker))];
  }
}

const normal = (name: string, next: World): Step => ({ name, fault: false, next });
const fault = (name: string, next: World): Step => ({ name, fault: true, next });

/**
 * Due while there is something to do; identities that the listing lacks are closed. Without names it is POP3, whose server
 * gives the mailbox to one session at a time (RFC 1939 §4): the next one waits for the end of the connection.
 */
function poll(world: World, worker: number, { names }: Settings): Step[] {
  const free = world.mailbox.token === null || world.mailbox.over;
  const locked = names === "none" && world.hands.some(({ doing }) => doing === "session");
  const vanished = (mail: Mail) => mail.identity === "stored" && mail.source === "gone";
  if (!free || locked || !world.mails.some((mail) => mail.source === "present" || vanished(mail))) return [];
  const mails = world.mails.map((mail): Mail => (vanished(mail) ? { ...mail, identity: "closed" } : mail));
  const at = mails.map(() => "left" as const);
  const next: World = { ...world, mails, mailbox: { token: worker, over: false } };
  return [normal("poll", withHands(next, worker, { doing: "session", at, phase: "open" }))];
}

/**
 * Stored and still there: its header's hash is looked at, and it may go. Anything else is fetched, and then known by its
 * bytes or new. Without names a closed identity knows nothing any more.
 */
function fetches(world: World, worker: number, session: Session, { names }: Settings): Step[] {
  const to = (name: string, n: number, at: Session["at"][number], from = world) =>
    normal(name, withHands(from, worker, { ...session, at: replaced(session.at, n, at) }));
  return world.mails.flatMap((mail, n) => {
    if (session.at[n] === "left" && mail.source === "present")
      return names === "uidl" && mail.identity === "stored"
        ? [to("look at a known mail", n, "kept")]
        : [to("fetch", n, "arriving")];
    if (session.at[n] !== "arriving") return [];
    const known = mail.identity === "stored" || (mail.identity === "closed" && names === "uidl");
    const same = known ? withMail(world, n, { identity: "stored" }) : world;
    return [to(known ? "fetched: known" : "fetched: new", n, known ? "kept" : "fetched", same)];
  });
}

const mayWrite = (world: World, worker: number, { without }: Settings) =>
  world.mailbox.token === worker || without === "mailbox-lease-check";

/** The door: from here on the mail is ours. */
function commits(world: World, worker: number, session: Session, settings: Settings): Step[] {
  if (!session.at.includes("fetched")) return [];
  if (!mayWrite(world, worker, settings)) return [normal("intake: lease lost", over(world, worker))];
  const mails = world.mails.map(
    (mail, n): Mail =>
      session.at[n] === "fetched" ? { ...mail, identity: "stored", row: newRow, collected: mail.collected + 1 } : mail,
  );
  const at = session.at.map((one) => (one === "fetched" ? "kept" : one));
  const next = { ...world, mails, mailbox: renewed(world, worker) };
  return [normal("intake commit", withHands(next, worker, { ...session, at }))];
}

const renewed = ({ mailbox }: World, worker: number) =>
  mailbox.token === worker ? { token: worker, over: false } : mailbox;

/** DELE only by who still has the lease, when nothing is left to fetch or to commit; or an end with nothing to delete. */
function ends(world: World, worker: number, session: Session, settings: Settings): Step[] {
  const cut = fault("connection to the source lost", over(world, worker));
  const here = session.at.filter((_, n) => world.mails[n]?.source === "present");
  if (here.includes("left") || session.at.includes("arriving")) return [cut];
  if (settings.without === "commit-before-delete" && session.at.includes("fetched")) {
    const at = session.at.map((one) => (one === "fetched" ? "kept" : one));
    return [cut, normal("DELE", withHands(world, worker, { ...session, at, phase: "marked" }))];
  }
  if (session.at.includes("fetched")) return [cut];
  if (!session.at.includes("kept")) return [cut, normal("QUIT with nothing to delete", over(world, worker))];
  if (!mayWrite(world, worker, settings)) return [cut, normal("DELE: lease lost", over(world, worker))];
  const next = { ...world, mailbox: renewed(world, worker) };
  return [cut, normal("DELE", withHands(next, worker, { ...session, phase: "marked" }))];
}

function quits(world: World, worker: number, session: Session, settings: Settings): Step[] {
  const gone = world.mails.reduce(
    (next, _, n) => (session.at[n] === "kept" ? withMail(next, n, { source: "gone" }) : next),
    world,
  );
  const told = (next: World) => (settings.without === "quit-answer" ? closed(next, session) : next);
  return [
    normal("QUIT answered", withHands(gone, worker, { ...session, phase: "confirmed" })),
    fault("QUIT done, its answer lost", over(told(gone), worker)),
    fault("QUIT lost", over(told(world), worker)),
  ];
}

const closed = (world: World, session: Session): World => ({
  ...world,
  mails: world.mails.map(
    (mail, n): Mail =>
      session.at[n] === "kept" && mail.identity === "stored" ? { ...mail, identity: "closed" } : mail,
  ),
});

/** The session ends, whichever way: its marks are gone with it, and its claim if it still had one. */
function over(world: World, worker: number): World {
  const mailbox = world.mailbox.token === worker ? { token: null, over: false } : world.mailbox;
  return withHands({ ...world, mailbox }, worker, nothing);
}
