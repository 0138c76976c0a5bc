// Passkeys: a button asks the device, what it answers goes into the form's hidden field, the form is sent.
const say = (button, failed) => {
  const place = document.querySelector("[data-passkey-failed]");
  if (place) place.hidden = !failed;
  button.disabled = false;
};

const data = () => JSON.parse(document.getElementById("js_data").textContent);

const ask = {
  // Signing in: the options come from the server at the moment they are needed.
  "sign-in": async (form) => {
    const answer = await fetch(form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return window.webauthnJSON.get((await answer.json()).request_options);
  },
  // The second step, or a confirmation.
  get: async () => window.webauthnJSON.get(data().request_options),
  // A new passkey; alone enough to sign in only if the device checks who holds it.
  create: async (form) => {
    const options = data().creation_options;
    const alone = form.querySelector("[name=passwordless]")?.checked ?? false;
    const wanted = options.publicKey.authenticatorSelection;
    wanted.residentKey = alone ? "required" : "discouraged";
    wanted.requireResidentKey = alone;
    if (alone) wanted.userVerification = "required";
    return window.webauthnJSON.create(options);
  },
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  event.preventDefault();
  button.disabled = true;
  try {
    const credential = await ask[button.dataset.passkey](button.form);
    document.getElementById(button.dataset.credential).value = JSON.stringify(credential);
    button.form.submit();
  } catch {
    say(button, true);
  }
});
