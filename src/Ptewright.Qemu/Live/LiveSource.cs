using Ptewright.Captures;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Live;

/// <summary>Opens a source of memory by the name that a person gives it: a guest that runs, or what a <see cref="MemorySource"/> opens.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>gdb:HOST:PORT</c>, <c>gdb:SOCKET</c>: a live QEMU guest through its gdbstub.</item>
/// <item><c>qmp:SOCKET</c>: the same through its machine protocol, without copying where its memory is a shared file.</item>
/// </list>
/// </remarks>
public static class LiveSource
{
    private const string Gdb = "gdb:";
    private const string Qmp = "qmp:";
    private const int MaxPort = 65535;

    private static readonly SourceForm _guest = new("gdb:HOST:PORT, gdb:SOCKET or qmp:SOCKET (a live QEMU)", IsGuest, OpenGuest);

    /// <summary>How sources are named, in one line for people.</summary>
    public static string Forms => MemorySource.Describe(_guest);

    /// <summary>Opens a source. A live guest stands still until it is disposed of.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InvalidInputException">It is none of these, or not what it should be.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static MemoryImage Open(string name) => MemorySource.Open(name, _guest);

    private static bool IsGuest(string name) => name.StartsWith(Gdb, StringComparison.Ordinal) || name.StartsWith(Qmp, StringComparison.Ordinal);

    private static MemoryImage OpenGuest(string name) =>
        name.StartsWith(Gdb, StringComparison.Ordinal) ? OpenGdb(name, name[Gdb.Length..]) : QmpImage.Connect(name[Qmp.Length..]);

    private static GdbImage OpenGdb(string name, string place)
    {
        int colon = place.LastIndexOf(':');
        if (colon < 0)
        {
            return place.Length > 0 ? GdbImage.Connect(place) : throw new InvalidInputException("Name the stub, as in gdb:localhost:1234.");
        }

        string host = place[..colon].Trim('[', ']');
        return NumberText.TryParse(place.AsSpan(colon + 1), NumberHabit.Count, out ulong port) && port is > 0 and <= MaxPort
            ? GdbImage.Connect(host.Length == 0 ? "localhost" : host, (int)port)
            : throw new InvalidInputException($"{TextFile.Quote(name)} has no port, as in gdb:localhost:1234.");
    }
}
