// What was noticed while saving. In the setting up it is a question: who has read it goes on.
"use client";
import { Button } from "@/app/_ui/button";
import { Banner } from "@/app/_ui/state";

interface Props {
  warnings: readonly string[];
  /** null: there is nothing to go on to, or not now */
  onRead: (() => void) | null;
  going: boolean;
}

export const Warnings = ({ warnings, onRead, going }: Props) =>
  warnings.map((warning) => (
    <div key={warning} className="w-full">
      <Banner
        live
        state="needs"
        title={warning}
        action={
          onRead && (
            <Button size="small" onClick={onRead} busy={going && "Going on"}>
              It is ours, go on
            </Button>
          )
        }
      />
    </div>
  ));
