// The colours of the design page: each token's name beside what it looks like.

const ramp = ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11", "n12"];
const named = [
  "accent",
  "accent-strong",
  "accent-soft",
  "flow",
  "flow-soft",
  "needs",
  "needs-soft",
  "stop",
  "stop-soft",
];
/** Written out, since Tailwind makes only the classes that it finds in the source. */
const grounds: Record<string, string> = {
  n1: "bg-n1",
  n2: "bg-n2",
  n3: "bg-n3",
  n4: "bg-n4",
  n5: "bg-n5",
  n6: "bg-n6",
  n7: "bg-n7",
  n8: "bg-n8",
  n9: "bg-n9",
  n10: "bg-n10",
  n11: "bg-n11",
  n12: "bg-n12",
  accent: "bg-accent",
  "accent-strong": "bg-accent-strong",
  "accent-soft": "bg-accent-soft",
  flow: "bg-flow",
  "flow-soft": "bg-flow-soft",
  needs: "bg-needs",
  "needs-soft": "bg-needs-soft",
  stop: "bg-stop",
  "stop-soft": "bg-stop-soft",
};

export const Colours = () => (
  <>
    <Row names={ramp} />
    <Row names={named} />
  </>
);

const Row = ({ names }: { names: readonly string[] }) => (
  <ul className="flex flex-wrap gap-3">
    {names.map((name) => (
      <li key={name} className="grid w-20 gap-1 text-xs">
        <span className={`h-10 rounded-md border border-line ${grounds[name]}`} />
        {name}
      </li>
    ))}
  </ul>
);
