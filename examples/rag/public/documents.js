// Shows how far each document is, for as long as one is in hand.
const said = document.querySelector('#said');
const trouble = document.querySelector('#trouble');
const events = new EventSource(said.dataset.follow);
const onOneDocument = document.querySelector('.document') !== null;

events.addEventListener('state', ({ data }) => {
  const { id, html } = JSON.parse(data);
  const cell = document.querySelector(`[data-document="${CSS.escape(id)}"] .state-cell`);
  if (cell === null) return;
  cell.innerHTML = html;
});

events.addEventListener('trouble', ({ data }) => {
  trouble.innerHTML = JSON.parse(data);
});

events.addEventListener('left', ({ data }) => {
  const words = JSON.parse(data);
  if (said.textContent !== words) said.textContent = words;
});

events.addEventListener('end', () => {
  events.close();
  // The text, or the numbers of the list, are there by now; nothing that was typed is lost.
  const typed = document.querySelector('details[open], input:focus');
  if (!typed) location.reload();
  else if (onOneDocument) said.textContent = 'Ready. Reload the page to read it.';
});
