using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Ptewright.Cli.Tests.House;

/// <summary>Which namespaces of compiled assemblies use which others, and through which types: read from their metadata and from the code of their methods.</summary>
/// <remarks>A constant and a <c>nameof</c> leave no trace in an assembly, and so make no arrow. What the compiler adds of its own belongs to no folder.</remarks>
internal sealed class FolderGraph
{
    private static readonly Dictionary<short, OperandType> _operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value, code => code.OperandType);

    private readonly Dictionary<(Folder From, Folder To), SortedSet<string>> _arrows = [];
    private readonly HashSet<Folder> _folders = [];
    private readonly HashSet<(string From, string To)> _references = [];
    private readonly SortedSet<string> _misplaced = new(StringComparer.Ordinal);
    private readonly HashSet<string> _assemblies;

    /// <summary>Reads assemblies; what they use of any other is left out.</summary>
    /// <param name="paths">Their files; beside each lies what debuggers read.</param>
    public FolderGraph(params IReadOnlyList<string> paths)
    {
        _assemblies = [.. paths.Select(path => Path.GetFileNameWithoutExtension(path))];
        foreach (string path in paths)
        {
            using PEReader file = new(File.OpenRead(path));
            using MetadataReaderProvider sources = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(path, ".pdb")));
            new AssemblyReader(this, file, sources.GetMetadataReader(), Path.GetFileNameWithoutExtension(path)).Read();
        }
    }

    /// <summary>Every folder that has a type.</summary>
    public IReadOnlySet<Folder> Folders => _folders;

    /// <summary>Which of the assemblies refers to which other.</summary>
    public IReadOnlySet<(string From, string To)> References => _references;

    /// <summary>Types whose namespace is not the folder of their source.</summary>
    public IReadOnlyCollection<string> Misplaced => _misplaced;

    /// <summary>Every arrow between two folders, of one assembly or two, with the pairs of types that make it.</summary>
    public IReadOnlyDictionary<(Folder From, Folder To), SortedSet<string>> Arrows => _arrows;

    /// <summary>The folders of one assembly that can be reached from one another: a group for each such knot.</summary>
    /// <param name="assembly">The assembly.</param>
    public IReadOnlyList<IReadOnlyList<Folder>> Knots(string assembly)
    {
        Dictionary<Folder, HashSet<Folder>> reached = [];
        foreach (((Folder from, Folder to), _) in _arrows.Where(arrow => arrow.Key.From.Assembly == assembly && arrow.Key.To.Assembly == assembly))
        {
            _ = reached.TryAdd(from, []);
            _ = reached.TryAdd(to, []);
            _ = reached[from].Add(to);
        }

        foreach (Folder middle in reached.Keys)
        {
            foreach (HashSet<Folder> onward in reached.Values.Where(onward => onward.Contains(middle)))
            {
                onward.UnionWith(reached[middle]);
            }
        }

        return [.. reached.Keys.Where(folder => reached[folder].Contains(folder))
            .GroupBy(folder => string.Join(' ', reached[folder].Where(other => reached[other].Contains(folder)).Select(other => other.Name).Order()))
            .Select(knot => (IReadOnlyList<Folder>)[.. knot.OrderBy(folder => folder.Name)])];
    }

    // What the compiler makes has a name that no source can have, lies in no namespace, or in one of its own.
    private static bool IsWritten(Folder folder, string type) =>
        !type.StartsWith('<') && folder.Name.Length > 0 && !folder.Name.StartsWith("System.", StringComparison.Ordinal) && !folder.Name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private void Add(Folder from, string fromType, Folder to, string toType)
    {
        if (from != to && _assemblies.Contains(to.Assembly) && IsWritten(to, toType))
        {
            if (!_arrows.TryGetValue((from, to), out SortedSet<string>? pairs))
            {
                _arrows.Add((from, to), pairs = new(StringComparer.Ordinal));
            }

            _ = pairs.Add($"{fromType} uses {toType}");
        }
    }

    /// <summary>A folder of sources, which is a namespace of an assembly.</summary>
    /// <param name="Assembly">The assembly.</param>
    /// <param name="Name">The namespace.</param>
    internal readonly record struct Folder(string Assembly, string Name)
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Assembly}: {Name}";
    }

    /// <summary>Reads one assembly, type by type.</summary>
    private sealed class AssemblyReader(FolderGraph graph, PEReader file, MetadataReader sources, string assembly) : ISignatureTypeProvider<int, int>
    {
        private readonly MetadataReader _metadata = file.GetMetadataReader();
        private Folder _folder;
        private string _type = "";

        /// <summary>Reads it.</summary>
        public void Read()
        {
            foreach (AssemblyReferenceHandle reference in _metadata.AssemblyReferences)
            {
                string name = _metadata.GetString(_metadata.GetAssemblyReference(reference).Name);
                _ = graph._assemblies.Contains(name) && graph._references.Add((assembly, name));
            }

            foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
            {
                (_folder, _type) = Place(handle);
                if (IsWritten(_folder, _type))
                {
                    _ = graph._folders.Add(_folder);
                    ReadType(_metadata.GetTypeDefinition(handle));
                }
            }
        }

        private void ReadType(TypeDefinition type)
        {
            Use(type.BaseType);
            ReadAttributes(type.GetCustomAttributes());
            ReadParameters(type.GetGenericParameters());
            foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
            {
                Use(_metadata.GetInterfaceImplementation(implemented).Interface);
            }

            foreach (FieldDefinition field in type.GetFields().Select(_metadata.GetFieldDefinition))
            {
                _ = field.DecodeSignature(this, 0);
                ReadAttributes(field.GetCustomAttributes());
            }

            foreach (MethodDefinitionHandle handle in type.GetMethods())
            {
                LookAtSource(handle);
                MethodDefinition method = _metadata.GetMethodDefinition(handle);
                _ = method.DecodeSignature(this, 0);
                ReadAttributes(method.GetCustomAttributes());
                ReadParameters(method.GetGenericParameters());
                if (method.RelativeVirtualAddress != 0)
                {
                    ReadBody(file.GetMethodBody(method.RelativeVirtualAddress));
                }
            }
        }

        // The folder of a source, as far as it lies in its project; a build server may have cut off what is before.
        private void LookAtSource(MethodDefinitionHandle handle)
        {
            foreach (SequencePoint point in sources.GetMethodDebugInformation(handle.ToDebugInformationHandle()).GetSequencePoints())
            {
                string path = sources.GetString(sources.GetDocument(point.Document).Name);
                int inProject = path.IndexOf($"/src/{assembly}/", StringComparison.Ordinal);
                if (inProject >= 0)
                {
                    string folder = Path.GetDirectoryName(path[(inProject + assembly.Length + 6)..])!.Replace('/', '.');
                    bool isRight = _folder.Name == folder || _folder.Name.EndsWith("." + folder, StringComparison.Ordinal) || folder.Length == 0;
                    _ = !isRight && graph._misplaced.Add($"{assembly}: {_folder.Name}.{_type} lies in {folder}");
                }
            }
        }

        private void ReadParameters(GenericParameterHandleCollection parameters)
        {
            foreach (GenericParameterConstraintHandle constraint in parameters.SelectMany(parameter => _metadata.GetGenericParameter(parameter).GetConstraints()))
            {
                Use(_metadata.GetGenericParameterConstraint(constraint).Type);
            }
        }

        private void ReadAttributes(CustomAttributeHandleCollection attributes)
        {
            foreach (CustomAttributeHandle attribute in attributes)
            {
                Use(_metadata.GetCustomAttribute(attribute).Constructor);
            }
        }

        private void ReadBody(MethodBodyBlock body)
        {
            if (!body.LocalSignature.IsNil)
            {
                _ = _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, 0);
            }

            foreach (ExceptionRegion region in body.ExceptionRegions)
            {
                Use(region.CatchType);
            }

            BlobReader code = body.GetILReader();
            while (code.RemainingBytes > 0)
            {
                short value = code.ReadByte();
                value = value == 0xfe ? (short)(0xfe00 | code.ReadByte()) : value;
                switch (_operands[value])
                {
                    case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineSig:
                        Use(MetadataTokens.EntityHandle(code.ReadInt32()));
                        break;
                    case OperandType.InlineSwitch:
                        int targets = code.ReadInt32();
                        code.Offset += targets * sizeof(int);
                        break;
                    case OperandType.InlineNone:
                        break;
                    case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                        code.Offset++;
                        break;
                    case OperandType.InlineVar:
                        code.Offset += sizeof(short);
                        break;
                    case OperandType.InlineI8 or OperandType.InlineR:
                        code.Offset += sizeof(long);
                        break;
                    default:
                        code.Offset += sizeof(int);
                        break;
                }
            }
        }

        private void Use(EntityHandle handle)
        {
            if (handle.IsNil)
            {
                return;
            }

            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition or HandleKind.TypeReference:
                    (Folder folder, string type) = Place(handle);
                    graph.Add(_folder, _type, folder, type);
                    break;
                case HandleKind.TypeSpecification:
                    _ = _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, 0);
                    break;
                case HandleKind.MethodDefinition:
                    MethodDefinition method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                    Use(method.GetDeclaringType());
                    _ = method.DecodeSignature(this, 0);
                    break;
                case HandleKind.FieldDefinition:
                    FieldDefinition field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                    Use(field.GetDeclaringType());
                    _ = field.DecodeSignature(this, 0);
                    break;
                case HandleKind.MemberReference:
                    MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                    Use(member.Parent);
                    _ = member.GetKind() == MemberReferenceKind.Field ? member.DecodeFieldSignature(this, 0) : member.DecodeMethodSignature(this, 0).ReturnType;
                    break;
                case HandleKind.MethodSpecification:
                    MethodSpecification specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Use(specification.Method);
                    _ = specification.DecodeSignature(this, 0);
                    break;
                default:
                    break;
            }
        }

        // A nested type lies where its outermost one does.
        private (Folder Folder, string Type) Place(EntityHandle handle)
        {
            if (handle.Kind == HandleKind.TypeDefinition)
            {
                TypeDefinition type = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
                return type.IsNested ? Place(type.GetDeclaringType()) : (new Folder(assembly, _metadata.GetString(type.Namespace)), _metadata.GetString(type.Name));
            }

            TypeReference reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
            return reference.ResolutionScope.Kind switch
            {
                HandleKind.TypeReference => Place(reference.ResolutionScope),
                HandleKind.AssemblyReference => (
                    new Folder(_metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name), _metadata.GetString(reference.Namespace)),
                    _metadata.GetString(reference.Name)),
                _ => (new Folder(assembly, _metadata.GetString(reference.Namespace)), _metadata.GetString(reference.Name)),
            };
        }

        int ISimpleTypeProvider<int>.GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        int ISimpleTypeProvider<int>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            Use(handle);
            return 0;
        }

        int ISimpleTypeProvider<int>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            Use(handle);
            return 0;
        }

        int ISignatureTypeProvider<int, int>.GetTypeFromSpecification(MetadataReader reader, int genericContext, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            Use(handle);
            return 0;
        }

        int ISZArrayTypeProvider<int>.GetSZArrayType(int elementType) => 0;

        int IConstructedTypeProvider<int>.GetArrayType(int elementType, ArrayShape shape) => 0;

        int IConstructedTypeProvider<int>.GetByReferenceType(int elementType) => 0;

        int IConstructedTypeProvider<int>.GetPointerType(int elementType) => 0;

        int IConstructedTypeProvider<int>.GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        int ISignatureTypeProvider<int, int>.GetFunctionPointerType(MethodSignature<int> signature) => 0;

        int ISignatureTypeProvider<int, int>.GetGenericMethodParameter(int genericContext, int index) => 0;

        int ISignatureTypeProvider<int, int>.GetGenericTypeParameter(int genericContext, int index) => 0;

        int ISignatureTypeProvider<int, int>.GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        int ISignatureTypeProvider<int, int>.GetPinnedType(int elementType) => 0;
    }
}
