// Shows the passages as soon as they are found, and the answer while it is written. Without this script the form is sent as any other.
const form = document.querySelector('#ask');
const question = form.querySelector('#question');
const button = form.querySelector('button');
const answer = document.querySelector('#answer');
const said = document.querySelector('#said');
let asking;

question.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  button.disabled = true;
  answer.setAttribute('aria-busy', 'true');
  answer.innerHTML =
    '<div class="answer"><p class="writing"><span></span><span></span><span></span></p></div>';
  said.textContent = 'Searching.';
  try {
    await ask(signal);
  } catch {
    if (!signal.aborted) showTrouble('The answer broke off', 'Ask again in a moment.');
  } finally {
    if (!signal.aborted) {
      button.disabled = false;
      answer.removeAttribute('aria-busy');
    }
  }
});

async function ask(signal) {
  const response = await fetch(form.action, {
    method: 'POST',
    headers: { accept: 'text/event-stream' },
    body: new URLSearchParams(new FormData(form)),
    signal,
  });
  // Signed out meanwhile: the server led to the page that signs in.
  if (response.redirected) return location.assign(response.url);
  if (!response.ok) {
    const { title, message } = await response.json();
    return showTrouble(title, message);
  }
  let ended = false;
  for await (const { event, data } of eventsOf(response.body)) {
    // All of it was escaped by the server, as in a page.
    if (event === 'part') answer.querySelector('#written').insertAdjacentHTML('beforeend', data);
    if (event === 'found') answer.innerHTML = data;
    if (event === 'trouble') answer.insertAdjacentHTML('afterbegin', data);
    ended ||= event === 'end' || event === 'trouble';
  }
  answer.querySelector('.writing')?.remove();
  if (!ended) throw new Error('the stream broke off');
  said.textContent = answer.querySelector('.notice, .prose')?.textContent.trim() ?? '';
}

async function* eventsOf(body) {
  let held = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const whole = (held + text).split('\n\n');
    held = whole.pop();
    for (const each of whole) {
      const event = /^event: (.*)$/m.exec(each)?.[1];
      const data = /^data: (.*)$/m.exec(each)?.[1];
      if (event !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

function showTrouble(title, message) {
  const words = document.createElement('p');
  words.append(`${title}. ${message}`);
  const notice = document.createElement('div');
  notice.className = 'notice bad';
  notice.setAttribute('role', 'alert');
  notice.append(words);
  answer.replaceChildren(notice);
}
