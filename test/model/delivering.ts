// The model's steps of delivering: route, claim, dot_pending, the dot, the server's answer, outcome commit. Stale workers go
// on too: what stops them is their token alone.
import { badmail, delivered, givenBack, late, settled, uncertain } from "./queue";
import type { Carrying, Mail, Row, Settings, Step, World } from "./world";
import { nothing, withHands, withMail } from "./world";

const normal = (name: string, next: World): Step => ({ name, fault: false, next });
const fault = (name: string, next: World): Step => ({ name, fault: true, next });

export function routing(world: World): Step[] {
  return world.mails.flatMap(({ row }, n) => {
    if (row?.state !== "received") return [];
    const to = (change: Partial<Row>) => withMail(world, n, { row: settled({ ...row, state: "ready", ...change }) });
    return [
      normal("route", to({ recipient: "waiting" })),
      normal("route: held, for nobody", to({ own: "held", reason: "nobody" })),
      normal("route: discarded by a rule", to({ recipient: "discarded" })),
      normal("route: merged", to({ recipient: "merged" })),
    ];
  });
}

export function delivering(world: World, worker: number, settings: Settings): Step[] {
  const hands = world.hands[worker];
  if (hands?.doing === "nothing") return claims(world, worker);
  if (hands?.doing !== "carrying") return [];
  const mail = world.mails[hands.mail];
  if (!mail?.row) return [];
  const valid = mail.row.state === "sending" && mail.row.token === worker;
  const scene = {
    world,
    worker,
    hands,
    mail,
    row: mail.row,
    ours: valid || settings.without === "mail-lease-check",
    settings,
  };
  switch (hands.phase) {
    case "claimed":
      return beforeTheDot(scene);
    case "pending":
      return theDot(scene);
    default:
      return outcomes(scene, hands.phase);
  }
}

function claims(world: World, worker: number): Step[] {
  return world.mails.flatMap(({ row }, n) => {
    if (row?.state !== "ready") return [];
    // Its late 250 came while it was uncertain or being sent: nobody is left to send it to.
    if (row.recipient !== "waiting") return [normal("claim: put back", withMail(world, n, { row: givenBack(row) }))];
    const taken: Row = {
      ...row,
      state: "sending",
      token: worker,
      over: false,
      dotPending: false,
      claims: row.claims + 1,
    };
    const hands: Carrying = { doing: "carrying", mail: n, phase: "claimed", overtaken: false };
    return [normal("claim", withHands(withMail(world, n, { row: taken }), worker, hands))];
  });
}

interface Scene {
  world: World;
  worker: number;
  hands: Carrying;
  mail: Mail;
  row: Row;
  /** the database takes what we write */
  ours: boolean;
  settings: Settings;
}

const inHand = ({ world, worker, hands }: Scene, phase: Carrying["phase"], change: Partial<Mail> = {}): World =>
  withHands(withMail(world, hands.mail, change), worker, { ...hands, phase });

function beforeTheDot(scene: Scene): Step[] {
  const { row, ours, settings, world, worker } = scene;
  const kept: Row = { ...row, over: row.token === worker ? false : row.over };
  const noted = settings.without === "dot-pending" ? kept : { ...kept, dotPending: true };
  const empty = withHands(world, worker, nothing);
  const mark = (): Step => {
    if (!ours) return normal("dot_pending: stale lease", empty);
    if (row.recipient === "waiting")
      return normal("dot_pending", overtaking(scene, inHand(scene, "pending", { row: noted })));
    return normal("dot_pending: a late 250 came first", withMail(empty, scene.hands.mail, { row: givenBack(row) }));
  };
  return [
    mark(),
    fault("refused before the dot (5xx)", inHand(scene, "refused")),
    fault("refused before the dot (4xx)", inHand(scene, "later")),
    fault("cut before DATA ended", inHand(scene, "later")),
  ];
}

/** Whoever had this mail before learns by it that a dot was announced after theirs. */
const overtaking = ({ hands, worker }: Scene, next: World): World => ({
  ...next,
  hands: next.hands.map((other, n) =>
    n !== worker && other.doing === "carrying" && other.mail === hands.mail ? { ...other, overtaken: true } : other,
  ),
});

function theDot(scene: Scene): Step[] {
  const { mail, row } = scene;
  const copies = mail.copies + 1;
  const plain = mail.plain + (row.possibleCopies === 0 ? 1 : 0);
  return [
    normal("dot, 250", inHand(scene, "took", { copies, plain })),
    fault("dot, taken, its answer lost", inHand(scene, "lost", { copies, plain })),
    fault("cut before the dot arrived", inHand(scene, "lost")),
    fault("dot, 5xx", inHand(scene, "refused")),
    fault("dot, 4xx", inHand(scene, "later")),
  ];
}

function outcomes(scene: Scene, phase: "took" | "refused" | "later" | "lost"): Step[] {
  const { world, worker, hands, mail, row, ours, settings } = scene;
  const done = (name: string, change: Partial<Mail> = {}) =>
    normal(name, withHands(withMail(world, hands.mail, change), worker, nothing));
  if (!ours)
    return [
      phase === "took"
        ? done("outcome commit: a late 250", { row: late(row, hands.overtaken), taken: true })
        : done("outcome commit: stale"),
    ];
  switch (phase) {
    case "took":
      return [done("outcome commit: delivered", { row: givenBack(delivered(row)), taken: true })];
    case "refused":
      return [done("outcome commit: BADMAIL", { row: givenBack(badmail(row)) })];
    case "later":
      return [
        done("outcome commit: deferred", { row: givenBack(row) }),
        done("outcome commit: given up", { row: givenBack(badmail(row)) }),
      ];
    case "lost":
      return [done("outcome commit: uncertain", uncertain(mail, row, settings))];
  }
}
