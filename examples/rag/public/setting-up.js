// Follows the steps as they change. Without this script the page reloads itself.
const steps = document.querySelector('#steps');
const said = document.querySelector('#said');

// It connects again by itself, and is then told every step from the first.
const events = new EventSource(steps.dataset.follow);

events.addEventListener('steps', ({ data }) => {
  steps.innerHTML = JSON.parse(data);
  const running = steps.querySelector('.running .step-name');
  const words = running?.textContent.trim().replace(/\s+/g, ' ') ?? '';
  if (said.textContent !== words) said.textContent = words;
});

events.addEventListener('end', () => {
  events.close();
  // The server knows where to go from here.
  location.replace('/setting-up');
});
