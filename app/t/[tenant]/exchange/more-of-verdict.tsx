// From a test's verdict to the page that prepares Exchange: to what the test found there, or to the step that is missing.
import { SoftLink } from "@/app/_ui/soft-link";
import type { ProbeVerdict } from "@/domain/probe/schema";

export function MoreOfVerdict({ slug, verdict }: { slug: string; verdict: ProbeVerdict }) {
  const { ok, facts } = verdict;
  const page = `/t/${slug}/exchange/prepare`;
  if (!ok && typeof facts.case === "string" && facts.case !== "stopped")
    return <More href={`${page}?finding=${encodeURIComponent(facts.case)}`}>What this means in Exchange</More>;
  if (ok && facts.acceptsUnknown === true)
    return <More href={`${page}#recipients`}>How to make Exchange refuse unknown addresses</More>;
  return null;
}

const More = ({ href, children }: { href: string; children: string }) => (
  <p className="mt-2">
    <SoftLink href={href} className="text-accent underline">
      {children}
    </SoftLink>
  </p>
);
