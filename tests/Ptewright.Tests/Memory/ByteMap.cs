namespace Ptewright.Tests.Memory;

/// <summary>The slow model of a region list: one character a byte, blank for none, <c>m</c> for memory, <c>n</c> for memory that is not to be mapped.</summary>
internal sealed class ByteMap(int size)
{
    private readonly char[] _bytes = [.. Enumerable.Repeat(' ', size)];

    /// <summary>All bytes.</summary>
    public string Map => new(_bytes);

    public void Apply(RegionListTests.Change change, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            _bytes[i] = (change, _bytes[i]) switch
            {
                (RegionListTests.Change.Add, ' ') => 'm',
                (RegionListTests.Change.Remove, _) => ' ',
                (RegionListTests.Change.MarkNoMap, 'm') => 'n',
                (RegionListTests.Change.ClearNoMap, 'n') => 'm',
                (_, char same) => same,
            };
        }
    }

    /// <summary>The runs of equal bytes.</summary>
    public (int Start, int End, bool NoMap)[] Regions()
    {
        List<(int, int, bool)> regions = [];
        for (int start = 0, end; start < _bytes.Length; start = end)
        {
            end = start + 1;
            while (end < _bytes.Length && _bytes[end] == _bytes[start])
            {
                end++;
            }

            if (_bytes[start] != ' ')
            {
                regions.Add((start, end, _bytes[start] == 'n'));
            }
        }

        return [.. regions];
    }

    /// <summary>How many more regions a list needs while it makes a change: the gaps that are filled, or the regions that are split.</summary>
    public int PiecesNeeded(RegionListTests.Change change, int start, int end)
    {
        if (change == RegionListTests.Change.Add)
        {
            return Enumerable.Range(start, end - start).Count(i => _bytes[i] == ' ' && (i == start || _bytes[i - 1] != ' '));
        }

        return new[] { start, end }.Count(at => at > 0 && at < _bytes.Length && _bytes[at] != ' ' && _bytes[at] == _bytes[at - 1]);
    }
}
