// What an address that leads to nothing was probably about, and the page that helps.

interface Missing {
  words: string;
  /** below the tenant's own address */
  page: string;
  label: string;
}

const known: Record<string, Missing> = {
  messages: {
    words:
      "No mail of this tenant has this address. What stands about a mail is kept for 90 days after it was delivered.",
    page: "/messages",
    label: "Search in Messages",
  },
  mailboxes: {
    words: "No mailbox of this tenant has this address. It may have been removed.",
    page: "/mailboxes",
    label: "Look at all mailboxes",
  },
  badmail: {
    words: "No cause of BADMAIL has this address. It may have been cut off.",
    page: "/badmail",
    label: "Look at BADMAIL",
  },
};

/** `path`: the whole address, /t/contoso/messages/… */
export const missing = (path: string): Missing =>
  known[path.split("/")[3] ?? ""] ?? {
    words: "Mailferry has no page with this address. Choose one from the menu.",
    page: "",
    label: "Go to Overview",
  };
