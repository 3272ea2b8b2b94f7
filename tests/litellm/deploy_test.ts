import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { LiteLlmProxy, litellmTest } from "./proxy.ts";

const CONFIG = fileURLToPath(new URL("../../deploy/litellm.yaml", import.meta.url));

litellmTest("deploy/litellm.yaml: the alias is there, for those who have the key", async () => {
  await using proxy = await LiteLlmProxy.start("tip-generator", CONFIG);
  const models = (key: string) =>
    fetch(`${proxy.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  const { data } = await (await models(LiteLlmProxy.KEY)).json();
  assert.deepEqual(data.map(({ id }: { id: string }) => id), ["tip-generator"]);
  const refused = await models("sk-another");
  assert.ok([400, 401].includes(refused.status), `${refused.status}`);
  await refused.body?.cancel();
});
