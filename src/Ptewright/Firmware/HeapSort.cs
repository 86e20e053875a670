namespace Ptewright.Firmware;

/// <summary>The kernel's way to sort, for what it makes of equals: it is not stable, and two nodes that compare equal are placed in the order in which it leaves them.</summary>
/// <remarks>A heap sort that goes all the way down by the larger children, then up to where the value belongs. Linux: <c>lib/sort.c: sort_r</c>.</remarks>
internal static class HeapSort
{
    /// <summary>Sorts, smallest first.</summary>
    public static void Sort<T>(T[] items, Comparison<T> compare)
    {
        int root = items.Length / 2;
        int end = items.Length;
        while (true)
        {
            if (root > 0)
            {
                root--;
            }
            else if (end > 1)
            {
                end--;
                (items[0], items[end]) = (items[end], items[0]);
            }
            else
            {
                return;
            }

            SiftDown(items, root, end, compare);
        }
    }

    private static void SiftDown<T>(T[] items, int root, int end, Comparison<T> compare)
    {
        int at = root;
        while (Right(at) < end)
        {
            at = compare(items[Left(at)], items[Right(at)]) >= 0 ? Left(at) : Right(at);
        }

        if (Right(at) == end)
        {
            at = Left(at);
        }

        while (at != root && compare(items[root], items[at]) >= 0)
        {
            at = Parent(at);
        }

        // The value moves to its place, and what stood on the way there moves up by one.
        T value = items[root];
        for (int hole = at; hole != root; hole = Parent(hole))
        {
            (items[hole], value) = (value, items[hole]);
        }

        items[root] = value;
    }

    private static int Left(int index) => (2 * index) + 1;

    private static int Right(int index) => (2 * index) + 2;

    private static int Parent(int index) => (index - 1) / 2;
}
