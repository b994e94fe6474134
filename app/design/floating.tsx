// Dialogs and menus of the design page.
"use client";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { Menu } from "@/app/_ui/menu";
import { MenuButton, MenuLine, MenuWords } from "@/app/_ui/menu-entries";

const nothing = () => Promise.resolve(null);
const refused = () => Promise.resolve("It did not work. The dialog stays, and says why.");

export function Floating() {
  return (
    <div className="flex flex-wrap gap-2">
      <ConfirmDialog trigger="Ask" title="Send 47 mails again?" confirm="Send 47 mails" onConfirm={nothing}>
        One goes first; if it is refused, the others stay.
      </ConfirmDialog>
      <ConfirmDialog
        danger
        trigger="Ask twice"
        triggerKind="danger"
        title="Close Contoso?"
        confirm="Close it"
        typed={{ word: "contoso", label: "Its short name" }}
        onConfirm={refused}
      />
      <Menu
        className="flex h-9 items-center rounded-md border border-n6 px-3.5 font-medium hover:bg-hover"
        trigger="Open a menu"
      >
        <MenuWords>Words, for what can’t be chosen</MenuWords>
        <MenuLine />
        <MenuButton onSelect={() => {}}>An entry</MenuButton>
      </Menu>
    </div>
  );
}
