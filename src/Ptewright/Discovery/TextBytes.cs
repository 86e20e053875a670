using System.Buffers;

namespace Ptewright.Discovery;

/// <summary>Which bytes text of a kernel has.</summary>
internal static class TextBytes
{
    /// <summary>The printable ones of ASCII, and the end of a line.</summary>
    public static SearchValues<byte> All { get; } = SearchValues.Create([(byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (byte)code)]);
}
