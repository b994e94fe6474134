// Accepted mail upwards, refused mail downwards from one line, so that both are told apart without colour; the same as a table.
import { SoftLink } from "@/app/_ui/soft-link";
import { shortTime } from "@/app/_ui/time";
import type { Bucket, Range } from "@/domain/overview/chart";
import { ranges } from "@/domain/overview/chart";
import { formatter } from "@/lib/formatter";

const names: Record<Range, { tab: string; span: string; step: string }> = {
  hour: { tab: "Hour", span: "the last hour", step: "5 minutes" },
  day: { tab: "Day", span: "the last 24 hours", step: "hour" },
  month: { tab: "30 days", span: "the last 30 days", step: "day" },
};

interface Props {
  slug: string;
  range: Range;
  buckets: Bucket[];
  zone: string;
  now: Date;
}

export function ChartView({ slug, range, buckets, zone, now }: Props) {
  const accepted = buckets.reduce((sum, one) => sum + one.accepted, 0);
  const refused = buckets.reduce((sum, one) => sum + one.refused, 0);
  const label = (at: Date) => labelOf(at, range, zone);
  const words = `${count(accepted)} accepted by Exchange and ${count(refused)} refused in ${names[range].span}`;
  const middle = buckets[Math.floor(buckets.length / 2)];
  return (
    <section aria-labelledby="chart-title" className="border-line border-t py-5">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="chart-title" className="flex flex-wrap gap-x-4 gap-y-1 text-soft text-table">
          <span className="sr-only">Mail in {names[range].span}: </span>
          <span>
            <span aria-hidden className="mr-1.5 inline-block h-2.5 w-2.5 rounded-[2px] bg-accent" />
            <span className="tabular text-ink">{count(accepted)}</span> accepted
          </span>
          <span>
            <span aria-hidden className="mr-1.5 inline-block h-2.5 w-2.5 rounded-[2px] bg-stop" />
            <span className="tabular text-ink">{count(refused)}</span> refused
          </span>
        </h2>
        <Ranges slug={slug} range={range} />
      </div>
      <Bars
        buckets={buckets}
        words={words}
        label={(one) => `${label(one.from)}: ${count(one.accepted)} accepted, ${count(one.refused)} refused`}
      />
      <div aria-hidden className="mt-1 flex justify-between text-soft text-xs">
        <span>{buckets[0] && label(buckets[0].from)}</span>
        <span>{middle && label(middle.from)}</span>
        <span>{range === "month" ? "today" : shortTime(now, zone, now)}</span>
      </div>
      <details className="mt-2 text-table">
        <summary className="w-fit rounded-sm text-soft hover:text-ink">As a table</summary>
        <table className="mt-2 w-full max-w-[420px] text-table">
          <caption className="sr-only">{words}</caption>
          <thead>
            <tr className="border-n5 border-b text-soft">
              <th scope="col" className="h-8 text-left font-medium">
                From
              </th>
              <th scope="col" className="text-right font-medium">
                Accepted
              </th>
              <th scope="col" className="text-right font-medium">
                Refused
              </th>
            </tr>
          </thead>
          <tbody>
            {buckets.map((one) => (
              <tr key={one.from.toISOString()} className="border-line border-b">
                <th scope="row" className="h-7 text-left font-normal">
                  {label(one.from)}
                </th>
                <td className="tabular text-right">{count(one.accepted)}</td>
                <td className="tabular text-right">{count(one.refused)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

const count = (n: number) => n.toLocaleString("en");

function labelOf(at: Date, range: Range, zone: string): string {
  if (range === "month") return formatter("en-GB", { day: "numeric", month: "short", timeZone: zone }).format(at);
  return formatter("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);
}

function Ranges({ slug, range }: { slug: string; range: Range }) {
  return (
    <nav aria-label="Time shown">
      <ul className="flex gap-1">
        {ranges.map((one) => (
          <li key={one}>
            <SoftLink
              scroll={false}
              href={one === "day" ? `/t/${slug}` : `/t/${slug}?range=${one}`}
              aria-current={one === range ? "true" : undefined}
              className="flex h-8 items-center rounded-md px-2.5 text-soft text-table hover:bg-hover hover:text-ink aria-[current=true]:bg-n4 aria-[current=true]:font-medium aria-[current=true]:text-ink"
            >
              {names[one].tab}
            </SoftLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const height = 112;
const step = 20;
const gap = 4;

function Bars({ buckets, words, label }: { buckets: Bucket[]; words: string; label: (one: Bucket) => string }) {
  const up = Math.max(1, ...buckets.map((one) => one.accepted));
  const down = Math.max(0, ...buckets.map((one) => one.refused));
  // One scale for both; what is there at all is seen.
  const scale = (height - 3) / (up + down);
  const size = (n: number) => (n === 0 ? 0 : Math.max(2.5, n * scale));
  const line = height - 2 - size(down);
  const width = buckets.length * step;
  return (
    <svg
      role="img"
      aria-label={words}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className="block h-28 w-full"
    >
      {buckets.map((one, n) => (
        <g key={one.from.toISOString()}>
          <title>{label(one)}</title>
          <rect x={n * step} y={0} width={step} height={height} className="fill-transparent hover:fill-n3" />
          <rect
            x={n * step + gap / 2}
            y={line - size(one.accepted)}
            width={step - gap}
            height={size(one.accepted)}
            className="pointer-events-none fill-accent"
          />
          <rect
            x={n * step + gap / 2}
            y={line + 1.5}
            width={step - gap}
            height={size(one.refused)}
            className="pointer-events-none fill-stop"
          />
        </g>
      ))}
      <rect x={0} y={line} width={width} height={1} className="fill-n6" />
    </svg>
  );
}
