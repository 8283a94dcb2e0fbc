// Lá Chắn. Shows a notice, and opens the day's page when somebody taps it. It keeps
// nothing, and no request passes through it.
'use strict';

const today = new URL('../today', self.location).pathname; // beside /push/, in its language

self.addEventListener('push', (e) => {
  const line = e.data ? e.data.text() : '';
  if (line) e.waitUntil(self.registration.showNotification(line, { tag: 'day', silent: true }));
});

self.addEventListener('notificationclick', (e) => {
  e.notification.close();
  e.waitUntil(self.clients.openWindow(today));
});
