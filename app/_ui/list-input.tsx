// A list in one text field: items apart by commas, spaces or lines. What is typed stays as typed.
"use client";
import { useState } from "react";
import { Textarea } from "./inputs";

export interface ListInputProps {
  id: string;
  label: string;
  value: readonly string[];
  onChange: (items: string[]) => void;
  help?: string;
  error?: string | undefined;
  placeholder?: string;
  readOnly?: boolean;
}

export function ListInput({ value, onChange, ...rest }: ListInputProps) {
  const [text, setText] = useState(value.join(", "));
  return (
    <Textarea
      {...rest}
      mono
      rows={2}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(event.target.value.split(/[\s,;]+/).filter(Boolean));
      }}
    />
  );
}
