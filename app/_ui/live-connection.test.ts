// The page's stream against a real HTTP server that answers, breaks, falls silent and refuses.
import { createServer, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Topic } from "@/domain/live/topics";
import { LiveConnection } from "./live-connection";

let server: Server;
let address = "";
/** what the next requests are answered with: a status, or a stream that stays open */
let status = 200;
let streams: ServerResponse[] = [];
let asked = 0;
let connection: LiveConnection;
let heard: (readonly Topic[])[] = [];
const every: Topic[] = ["mail", "lane"];
const times = { silenceMs: 400, firstGapMs: 10, longestGapMs: 80, refusedGapMs: 60 };
const poll = { timeout: 5000, interval: 5 };

beforeEach(async () => {
  [status, streams, asked, heard] = [200, [], 0, []];
  server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status, { "content-type": "text/event-stream" });
    if (status !== 200) return response.end("{}");
    streams.push(response);
    return response.write(beat);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const at = server.address();
  address = `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}/`;
  connection = new LiveConnection(address, every, times);
  connection.listen((about) => heard.push(about));
});
afterEach(async () => {
  connection.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const beat = "event: beat\ndata: {}\n\n";
const state = () => connection.liveness().state;
const live = () => expect.poll(state, poll).toBe("live");

it("is live from the first word on, looks once for what it missed, and hears news whole or in pieces", async () => {
  expect(state()).toBe("resting");
  connection.open();
  await live();
  expect(heard).toEqual([every]);
  streams[0]?.write('event: news\ndata: ["mail"]\n\nevent: news\nda');
  streams[0]?.write('ta: ["lane"]\n\n');
  await expect.poll(() => heard.slice(1), poll).toEqual([["mail"], ["lane"]]);
  connection.open();
  expect(asked).toBe(1);
});

it("says when the last word came after a break, comes back by itself, and looks again", async () => {
  connection.open();
  await live();
  const states: string[] = [];
  connection.watch(() => states.push(state()));
  streams[0]?.destroy();
  await expect.poll(() => asked, poll).toBe(2);
  await live();
  expect(states).toEqual(["lost", "live"]);
  expect(heard).toEqual([every, every]);
});

it("tries a portal that is away again and again, with growing gaps, and knows since when", async () => {
  connection.open();
  await live();
  status = 503;
  const before = Date.now();
  streams[0]?.destroy();
  await expect.poll(() => asked, poll).toBeGreaterThan(4);
  const seen = connection.liveness();
  expect(seen.state).toBe("lost");
  expect(seen.state === "lost" && seen.silentSince).toBeLessThanOrEqual(before);
  status = 200;
  await live();
});

it("takes silence for a break", async () => {
  connection.open();
  await live();
  await expect.poll(() => asked, poll).toBe(2);
  expect(streams).toHaveLength(2);
});

it("ends when the tab is hidden, and tries nothing until it is seen again", async () => {
  connection.open();
  await live();
  const closed = new Promise((done) => streams[0]?.once("close", done));
  connection.close();
  await closed;
  expect(state()).toBe("resting");
  connection.broke();
  expect(state()).toBe("resting");
  connection.open();
  await live();
  expect(asked).toBe(2);
});

it.each([
  [401, "signed-out"],
  [404, "not-allowed"],
  [403, "not-allowed"],
  [429, "too-many"],
])("says why the portal refuses it (%i), and asks again later", async (code, why) => {
  status = code;
  connection.open();
  await expect.poll(() => connection.liveness(), poll).toEqual({ state: "refused", why });
  // With too many open the page still asks; else it has nothing to ask for.
  expect(heard.length > 0).toBe(why === "too-many");
  status = 200;
  await live();
});

it("believes the portal's last word that it may hear no more", async () => {
  connection.open();
  await live();
  status = 401;
  streams[0]?.end("event: end\ndata: {}\n\n");
  await expect.poll(() => connection.liveness(), poll).toEqual({ state: "refused", why: "not-allowed" });
  await expect.poll(() => connection.liveness(), poll).toEqual({ state: "refused", why: "signed-out" });
});

it("gives up at once what the browser says is offline, and is back at once with the network", async () => {
  connection.open();
  await live();
  connection.broke();
  expect(state()).toBe("lost");
  connection.open();
  await live();
});
