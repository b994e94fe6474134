// The portal's answers as they travel: compressed, and in few pieces. Next hands out a page part by part, seventy of them for a
// list of mails, and its own compression sends each by itself: that takes longer than to make the page.

/**
 * Compresses answers, and sends together what was written in one turn of the event loop; what waits for more is never held back.
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => unknown} handle
 */
export async function compressed(handle) {
  const { default: compression } = await import("compression");
  const compress = compression();
  return (request, response) =>
    compress(request, response, () => {
      gather(response);
      handle(request, response);
    });
}

/** Writes are sent, and what the compression kept of them, at the end of the turn that they came in. */
function gather(response) {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const flush = response.flush.bind(response);
  let parts = [];
  /** false: whoever writes waits for "drain", as with any stream */
  let room = true;
  const taken = () => {
    const all = Buffer.concat(parts);
    parts = [];
    return all;
  };
  const send = () => {
    const all = taken();
    if (all.length === 0 || response.destroyed) return;
    try {
      room = write(all);
      flush();
    } catch (error) {
      // Nobody who could catch it called: it ends this answer, and not the portal.
      response.destroy(error);
    }
  };
  response.on("drain", () => {
    room = true;
  });
  response.write = (chunk, encoding) => {
    if (parts.length === 0) setImmediate(send);
    parts.push(octetsOf(chunk, encoding));
    return room;
  };
  response.end = (chunk, encoding) => {
    if (chunk) parts.push(octetsOf(chunk, encoding));
    return parts.length > 0 ? end(taken()) : end();
  };
  response.flush = () => {};
}

const octetsOf = (chunk, encoding) => (typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
