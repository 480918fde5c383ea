#!/usr/bin/env python3
"""Draws benches/fanout.svg from the measured figures in benches/figures.json: what a delivery costs, as a multiple of the
floor. Run it from anywhere: python3 benches/draw.py"""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 320, 48, 48, 62
COLOURS = {"salon": "#2f6f4f", "redis": "#b5523b", "nats": "#8a8a8a"}
NAMES = {"salon": "Salon", "redis": "Redis pub/sub", "nats": "NATS"}
MOST = 5.0  # Taller bars are cut there, and say how tall they are.


def main():
    figures = json.loads((HERE / "figures.json").read_text())
    loads, servers = figures["loads"], [s for s in NAMES if s in figures["servers"]]
    height = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - 16) / len(loads)
    bar = step * 0.78 / len(servers)
    y = lambda value: TOP + height * (1 - min(value, MOST) / MOST)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="15">Processor time a delivery, as a multiple of the floor</text>',
    ]
    for mark in range(int(MOST) + 1):
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y(mark):.1f}" y2="{y(mark):.1f}" '
                   f'stroke="{"#222" if mark == 1 else "#ddd"}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark}</text>')
    for n, load in enumerate(loads):
        x = LEFT + n * step + step * 0.11
        for m, server in enumerate(servers):
            value = load["ratios"].get(server)
            if value is None:
                continue
            left = x + m * bar
            out.append(f'<rect x="{left:.1f}" y="{y(value):.1f}" width="{bar - 3:.1f}" height="{TOP + height - y(value):.1f}" '
                       f'fill="{COLOURS[server]}"/>')
            out.append(f'<text x="{left + bar / 2 - 1.5:.1f}" y="{y(value) - 4:.1f}" text-anchor="middle" font-size="10">'
                       f'{value:.2f}</text>')
        middle = LEFT + n * step + step / 2
        out.append(f'<text x="{middle:.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{load["name"]}</text>')
        out.append(f'<text x="{middle:.1f}" y="{HEIGHT - BOTTOM + 32}" text-anchor="middle" font-size="10" fill="#555">'
                   f'{load["what"]}</text>')
    for m, server in enumerate(servers):
        x = LEFT + m * 130
        out.append(f'<rect x="{x}" y="{HEIGHT - 18}" width="11" height="11" fill="{COLOURS[server]}"/>')
        out.append(f'<text x="{x + 16}" y="{HEIGHT - 8}">{NAMES[server]}</text>')
    out.append(f'<text x="{WIDTH - 16}" y="{HEIGHT - 8}" text-anchor="end" fill="#555">{figures["when"]}</text>')
    out.append("</svg>")
    (HERE / "fanout.svg").write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
