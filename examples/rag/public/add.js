// Takes files that are dropped, and names those that were chosen.
const drop = document.querySelector('#drop');
const input = drop.querySelector('input');
const chosen = document.querySelector('#chosen');

drop.classList.add('ready');

function nameChosen() {
  const lines = [...input.files].map(({ name, size }) => {
    const line = document.createElement('li');
    line.textContent = `${name}, ${size < 1e6 ? `${Math.ceil(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`}`;
    return line;
  });
  chosen.replaceChildren(...lines);
}

input.addEventListener('change', nameChosen);

for (const type of ['dragenter', 'dragover']) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  input.files = event.dataTransfer.files;
  nameChosen();
});

for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', () => {
    const button = form.querySelector('button:not(.quiet)');
    // A second click would send it all again. After the browser has read the form.
    setTimeout(() => {
      button.disabled = true;
      button.textContent = 'One moment …';
    });
  });
}
