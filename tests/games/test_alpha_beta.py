"""Alpha-beta finds plain minimax's value and line, with fewer positions looked at."""

import math
import random

import pytest

from seqgan.games.alpha_beta import alpha_beta, minimax

LINES = [
    *((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6)),
    *((1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)),
]


def winner(board: str) -> str:
    """Return who has three in a row, or a dot."""
    for a, b, c in LINES:
        if board[a] != "." and board[a] == board[b] == board[c]:
            return board[a]
    return "."


def moves(board: str) -> list[str]:
    """Return the boards after one more sign; x begins."""
    if winner(board) != ".":
        return []
    sign = "x" if board.count("x") == board.count("o") else "o"
    return [board[:i] + sign + board[i + 1 :] for i in range(9) if board[i] == "."]


def worth(board: str) -> float:
    """Return 1 where x has won, -1 where o has, else 0."""
    return {"x": 1.0, "o": -1.0, ".": 0.0}[winner(board)]


@pytest.mark.parametrize(
    ("board", "value"),
    [
        ("xx.oo....", 1),  # x completes its row
        ("xo.......", 1),  # x wins by force after a reply on the edge
        ("x...o...x", 0),  # o must take an edge
        ("x.o......", 1),
        ("....x....", 0),
        ("oo.xx.x..", -1),  # o to move completes its row
    ],
)
def test_tic_tac_toe_from_the_middle(board: str, value: int) -> None:
    to_move = board.count("x") == board.count("o")
    plain = minimax(board, moves, worth, depth=9, maximizing=to_move)
    pruned = alpha_beta(board, moves, worth, depth=9, maximizing=to_move)
    assert plain.value == pruned.value == value
    assert plain.positions == pruned.positions
    assert worth(plain.positions[-1]) == value
    assert pruned.nodes < plain.nodes


def test_the_game_of_nine_signs_is_a_draw_at_a_thirtieth_of_the_positions() -> None:
    pruned = alpha_beta("." * 9, moves, worth, depth=9)
    assert pruned.value == 0
    assert pruned.nodes < 549_946 / 25  # what plain minimax looks at


def random_tree(seed: int, *, depth: int) -> dict[str, list[str]]:
    """Return a made tree of paths; every inner position has one to four moves."""
    rng = random.Random(seed)
    tree: dict[str, list[str]] = {}

    def grow(path: str) -> None:
        if len(path) < depth:
            tree[path] = [f"{path}{i}" for i in range(rng.randint(1, 4))]
            for child in tree[path]:
                grow(child)

    grow("")
    return tree


@pytest.mark.parametrize("maximizing", [True, False])
def test_random_trees_ties_included(maximizing: bool) -> None:
    """Worth of 0 to 4 makes ties; a depth below the tree's stops at inner positions."""
    saved = 0
    for seed in range(60):
        tree = random_tree(seed, depth=5)
        for depth in (0, 1, 3, 5):

            def value(path: str, seed: int = seed) -> float:
                return random.Random(f"{seed} {path}").randint(0, 4)

            def children(path: str, tree: dict[str, list[str]] = tree) -> list[str]:
                return tree.get(path, [])

            plain = minimax("", children, value, depth=depth, maximizing=maximizing)
            pruned = alpha_beta("", children, value, depth=depth, maximizing=maximizing)
            assert (plain.value, plain.positions) == (pruned.value, pruned.positions)
            assert len(plain.positions) == depth
            assert pruned.nodes <= plain.nodes
            saved += plain.nodes - pruned.nodes
    assert saved > 5_000


@pytest.mark.parametrize("branching", [2, 3])
@pytest.mark.parametrize("depth", [2, 4, 6])
def test_with_the_best_move_first_the_ends_are_those_that_must_be_seen(
    branching: int, depth: int
) -> None:
    """Knuth and Moore: b ** ceil(d / 2) + b ** floor(d / 2) - 1 ends, no search sees fewer."""
    ends = 0

    def value(path: tuple[int, ...]) -> float:
        nonlocal ends
        ends += 1
        # The first move is best for whoever moves: worse for max at even, for min at odd places.
        return sum((-1 if i % 2 == 0 else 1) * m * 10.0 ** (depth - i) for i, m in enumerate(path))

    def children(path: tuple[int, ...]) -> list[tuple[int, ...]]:
        return [(*path, m) for m in range(branching)]

    pruned = alpha_beta((), children, value, depth=depth)
    assert pruned.value == 0
    assert ends == branching ** math.ceil(depth / 2) + branching ** (depth // 2) - 1


def test_a_game_that_is_over_and_a_depth_below_zero() -> None:
    assert minimax("xxxoo....", moves, worth, depth=9) == alpha_beta(
        "xxxoo....", moves, worth, depth=9
    )
    assert minimax("xxxoo....", moves, worth, depth=9).nodes == 1
    for search in (minimax, alpha_beta):
        with pytest.raises(ValueError, match="depth -1"):
            search("." * 9, moves, worth, depth=-1)


def test_worth_nothing_but_infinity_still_gives_a_line() -> None:
    """A forced loss of infinite worth is a move nevertheless."""
    for search in (minimax, alpha_beta):
        line = search("", lambda p: ["a", "b"] if not p else [], lambda p: -math.inf, depth=1)
        assert line.positions == ("a",)
