// Beside the form before the first test.
export const WhatTestDoes = () => (
  <div className="grid gap-2">
    <p>
      A test tries the values as they stand in the form, saved or not. It runs where real mail is sent from, and what
      both sides say appears here as it happens.
    </p>
    <p>
      It sends a mail like a notice and a mail like a collected one to the postmaster. If notices about unknown
      addresses are switched on, it also tries a random address, which your server should refuse.
    </p>
  </div>
);
