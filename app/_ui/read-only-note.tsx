// Above settings that this person can look at and not change: why, and who could.
export const ReadOnlyNote = ({ closed }: { closed: boolean }) => (
  <p className="mb-5 text-soft">
    ○ You may look at these settings.{" "}
    {closed ? "Nothing can be changed while this tenant is closed." : "To change them, ask an admin of this company."}
  </p>
);
