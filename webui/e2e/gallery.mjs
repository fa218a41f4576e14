// Starts the gallery's server (TestGalleryServer) and answers its address and an end.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const gallery = () => new Promise((resolve, reject) => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const go = spawn("go", ["test", "./webui", "-run", "^TestGalleryServer$", "-count=1", "-v", "-timeout=30m"], {
    cwd: root, env: { ...process.env, VESTNIK_GALLERY: "127.0.0.1:0" }, detached: true,
  });
  const end = () => { try { process.kill(-go.pid); } catch { /* it has ended already */ } };
  let said = "";
  const hear = (chunk) => {
    said += chunk;
    const at = said.match(/gallery at (http:\S+)/);
    if (at) resolve({ url: at[1], end });
  };
  go.stdout.on("data", hear);
  go.stderr.on("data", hear);
  go.on("exit", () => reject(new Error("the gallery ended early:\n" + said)));
});
