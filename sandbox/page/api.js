/** Calls to the stand-ins. Every answer is an object; a dead server is an answer too. */

const UNREACHABLE = { ok: false, error: "unreachable", text: "Le serveur de démonstration ne répond pas." };

/** POST JSON; resolves with the parsed answer, `{ok: false, text}` when nobody answers. */
export function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** GET JSON; same answers as `post`. */
export function get(path) {
  return call(path, { cache: "no-store" });
}

async function call(path, init) {
  try {
    const response = await fetch(path, init);
    const answer = await response.json();
    return response.ok ? answer : { ...answer, ok: false, status: response.status };
  } catch {
    return UNREACHABLE;
  }
}
