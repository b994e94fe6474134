// The mail itself, for those who may look: text first, HTML in a frame that can do nothing, headers, raw. Nothing of
// it is shown before somebody asks, since each look stands in the audit log.
import type { ReactNode } from "react";
import { ButtonLink } from "@/app/_ui/button-link";
import { SoftLink } from "@/app/_ui/soft-link";
import { Banner } from "@/app/_ui/state";
import { sizeWords } from "@/domain/size-words";
import { parseHeaders } from "@/mail/headers";
import type { Looked, Part } from "./look";

const names: Record<Part, string> = { text: "Text", html: "HTML", headers: "Headers", raw: "Raw" };
const parts: Part[] = ["text", "html", "headers", "raw"];

interface Props {
  /** the message's own address */
  here: string;
  /** its files: /api/t/…/messages/… */
  files: string;
  part: Part | null;
  looked: Looked | null;
  /** it has HTML to show */
  html: boolean;
}

export function Content({ here, files, part, looked, html }: Props) {
  const withHtml = html || part === "html" || (looked?.kind === "text" && looked.html);
  return (
    <section id="content" className="mt-8 scroll-mt-4 border-line border-t pt-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="font-semibold">The mail itself</h2>
        <ButtonLink size="small" download href={`${files}/eml`}>
          Download .eml
        </ButtonLink>
      </div>
      <p className="mt-1 text-soft">Looking and downloading are recorded in the audit log with your name.</p>
      <nav aria-label="Parts of the mail" className="mt-4 flex gap-1 border-line border-b">
        {parts
          .filter((one) => one !== "html" || withHtml)
          .map((one) => (
            <SoftLink
              key={one}
              href={`${here}?show=${one}#content`}
              scroll={false}
              aria-current={one === part ? "true" : undefined}
              className="-mb-px border-transparent border-b-2 px-3 py-2 text-soft hover:text-ink aria-[current=true]:border-accent aria-[current=true]:font-medium aria-[current=true]:text-ink"
            >
              {names[one]}
            </SoftLink>
          ))}
      </nav>
      {looked && <div className="mt-4 grid gap-4">{shown(looked, files)}</div>}
    </section>
  );
}

/** Where the bytes were erased nothing of them is offered. */
export const ContentGone = ({ children }: { children: ReactNode }) => (
  <section id="content" className="mt-8 border-line border-t pt-6">
    <h2 className="font-semibold">The mail itself</h2>
    <p className="mt-1 text-soft">{children}</p>
  </section>
);

function shown(looked: Looked, files: string): ReactNode {
  switch (looked.kind) {
    case "gone":
      return (
        <Banner state="idle" title="The bytes of this mail are gone.">
          They were kept as long as the settings of this tenant say.
        </Banner>
      );
    case "html":
      return (
        <>
          <p className="text-soft text-table">
            Pictures and everything else from outside are left out; links do not work.
          </p>
          <iframe
            sandbox=""
            src={`${files}/html`}
            title="The mail’s HTML"
            referrerPolicy="no-referrer"
            className="h-[70dvh] w-full rounded-md border border-line bg-[white]"
          />
        </>
      );
    case "headers":
      return <HeaderList block={looked.block} />;
    case "raw":
      return (
        <>
          <Plain label="The mail as it is stored">{looked.text}</Plain>
          {looked.cut && (
            <p className="text-soft">The first {sizeWords(looked.text.length)} of it. Download it to see all.</p>
          )}
        </>
      );
    case "no-preview":
      return (
        <>
          <Banner state="idle" title={noPreview[looked.why]} />
          <HeaderList block={looked.block} />
        </>
      );
    case "text":
      return (
        <>
          {looked.text.trim() ? (
            <Plain label="The mail’s text">{looked.text}</Plain>
          ) : (
            <p className="text-soft">It has no text of its own{looked.html ? ": look at its HTML" : ""}.</p>
          )}
          {looked.cut && <p className="text-soft">The text goes on. Download the mail to see all of it.</p>}
          {looked.attachments.length > 0 && <Attachments {...looked} files={files} />}
        </>
      );
  }
}

const noPreview = {
  "too-large": "It is too large to show here: download it.",
  "too-much": "It has too many parts, or took too long to read, to be shown here: download it.",
  unreadable: "It can’t be taken apart for showing: download it.",
} as const;

const Plain = ({ label, children }: { label: string; children: string }) => (
  <section
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    tabIndex={0}
    className="max-h-[70dvh] overflow-auto rounded-md border border-line bg-n2 px-4 py-3"
  >
    <pre className="whitespace-pre-wrap font-mono text-[12.5px] leading-5 [overflow-wrap:anywhere]">{children}</pre>
  </section>
);

function HeaderList({ block }: { block: Buffer }) {
  const { fields } = parseHeaders(block);
  return (
    <dl className="grid gap-x-4 gap-y-1 font-mono text-[12.5px] leading-5 md:grid-cols-[minmax(120px,200px)_minmax(0,1fr)]">
      {fields.slice(0, 500).map(({ name, value }, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: header fields repeat and never move
        <div key={n} className="contents max-md:block">
          <dt className="text-soft [overflow-wrap:anywhere] max-md:mt-1">{name}</dt>
          <dd className="[overflow-wrap:anywhere]">{value.slice(0, 8000)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Attachments({
  attachments,
  files,
}: {
  attachments: { n: number; name: string; type: string; size: number }[];
  files: string;
}) {
  return (
    <div>
      <h3 className="font-medium">{attachments.length === 1 ? "1 attachment" : `${attachments.length} attachments`}</h3>
      <ul className="mt-2 grid border-line border-t text-table">
        {attachments.map(({ n, name, type, size }) => (
          <li key={n} className="flex items-center gap-3 border-line border-b py-1.5">
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
              {name || `attachment ${n + 1}`} <span className="text-soft">{type}</span>
            </span>
            <span className="tabular text-soft">{sizeWords(size)}</span>
            <ButtonLink size="small" download href={`${files}/attachments/${n}`}>
              Download<span className="sr-only"> {name}</span>
            </ButtonLink>
          </li>
        ))}
      </ul>
    </div>
  );
}
