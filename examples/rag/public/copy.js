// Copies a command.
for (const button of document.querySelectorAll('[data-copy]')) {
  // Browsers allow it behind https, and on this machine.
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1_500);
  });
}
