using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ptewright.Files;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>Writes a folder of tables as a whole or not at all: what <see cref="TableFolder"/> writes.</summary>
/// <remarks>All files are written into a folder beside it, which then takes its place in one step. So nobody finds files of two runs in it, and what was there before survives a run that fails.
/// Only a folder that holds nothing but such files is replaced.</remarks>
internal static partial class OutputFolder
{
    private const int CurrentFolder = -100;
    private const uint Exchange = 2;

    // Of every version; what describes the others comes last.
    private static readonly string[] _ours =
    [
        FolderDescription.BuiltPagesV1File, TableFolder.PagesFile, TableFolder.PlanFile, TableFolder.TablesFile, FolderDescription.CaptureV1File,
    ];

    /// <summary>Refuses a place where no folder can be written, so that nothing long is done in vain.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidInputException">It is a file or a symbolic link, holds something else than tables, or is the current folder and not empty.</exception>
    public static void Check(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.TrimEndingDirectorySeparator(folder);
        switch (OutputPlace.KindOf(path))
        {
            case PlaceKind.Link:
                throw OutputPlace.LinkRefused(path);
            case PlaceKind.File or PlaceKind.Stream:
                throw new InvalidInputException($"'{path}' is a file, so no folder of that name can be written.");
            case PlaceKind.Folder:
                CheckContents(path);
                break;
            default:
                break;
        }
    }

    /// <summary>Writes a folder.</summary>
    /// <param name="folder">The folder; folders that it lies in are created.</param>
    /// <param name="write">Writes its files into the folder that it is given.</param>
    internal static void Write(string folder, Action<string> write)
    {
        Check(folder);
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string parent = OutputFile.FolderOf(path);
        _ = Directory.CreateDirectory(parent);

        // The current folder cannot be taken from under the shell that stands in it, so it is filled; Check has seen that it is empty.
        bool isFilled = IsCurrent(path);
        using UnfinishedOutput part = UnfinishedOutput.Begin(isFilled ? path : parent, name => Directory.CreateDirectory(name), Delete);
        UnfinishedOutput.Fill(() => write(part.Path));
        foreach (string file in Directory.GetFiles(part.Path))
        {
            using SafeFileHandle written = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(written);
        }

        if (Directory.Exists(path) && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(part.Path, File.GetUnixFileMode(path));
        }

        part.Finish(name => Place(name, path, isFilled));
    }

    /// <summary>Refuses what was read of a folder that was replaced meanwhile: its files may be those of two runs.</summary>
    /// <param name="description">The file that describes the others.</param>
    /// <param name="text">What was in it when reading began.</param>
    /// <param name="maxLength">The longest text that is read, in bytes.</param>
    internal static void RefuseReplaced(string description, string text, int maxLength)
    {
        if (TextFile.Read(description, maxLength) != text)
        {
            throw TextFile.Error(description, "it was replaced while it was read; read it again");
        }
    }

    private static void CheckContents(string path)
    {
        string? foreign = Directory.EnumerateFileSystemEntries(path)
            .FirstOrDefault(entry => !_ours.Contains(Path.GetFileName(entry)) || OutputPlace.KindOf(entry) != PlaceKind.File);
        if (foreign is not null)
        {
            throw new InvalidInputException(
                $"'{path}' holds {TextFile.Quote(Path.GetFileName(foreign))}, which is no part of saved tables, so it is not replaced: name a new folder, or an empty one.");
        }

        if (IsCurrent(Path.GetFullPath(path)) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new InvalidInputException($"'{path}' is the current folder and not empty, so it cannot be replaced: name a folder in it.");
        }
    }

    private static bool IsCurrent(string path) =>
        $"{Directory.GetCurrentDirectory()}{Path.DirectorySeparatorChar}".StartsWith($"{path}{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static void Place(string part, string path, bool isFilled)
    {
        if (!Directory.Exists(path))
        {
            Directory.Move(part, path);
        }
        else if (isFilled || !TryExchange(part, path))
        {
            Fill(part, path);
        }

        Delete(part);
    }

    // The one way to replace a folder that holds something in one step; what was there is then under the other name.
    private static bool TryExchange(string part, string path)
    {
        try
        {
            return OperatingSystem.IsLinux() && Rename(CurrentFolder, part, CurrentFolder, path, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // A C library older than the call.
        }
    }

    // Where folders cannot be exchanged (another system, an old file system, a mount point): without the old description first, with the new one last, so that no reader takes a mixture.
    private static void Fill(string part, string path)
    {
        foreach (string file in _ours.Reverse())
        {
            File.Delete(Path.Combine(path, file));
        }

        foreach (string file in _ours.Where(file => File.Exists(Path.Combine(part, file))))
        {
            File.Move(Path.Combine(part, file), Path.Combine(path, file));
        }
    }

    private static void Delete(string part)
    {
        if (Directory.Exists(part))
        {
            Directory.Delete(part, recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}
